"""AWS's API for a whole rehearsal: moto and the models, in this process and over HTTP."""
