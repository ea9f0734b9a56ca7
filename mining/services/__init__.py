"""Every change of the console's rows. Each function takes the acting person or program first and enforces its role.

Views, admin, API and commands call these and write no row themselves. Reading is in `mining.selectors`.
"""
