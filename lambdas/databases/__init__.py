"""PostgreSQL and MySQL/MariaDB as the functions use them: logins, TLS, typed errors.

A library, no function: `constructs_lib.function_code` puts it into the packages that name it.
"""
