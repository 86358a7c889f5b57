"""`python -m storefront` starts the service; see `storefront.main`."""

import sys

from storefront.main import main

sys.exit(main())
