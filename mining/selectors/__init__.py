"""Reading the console's rows, in a number of queries that does not grow with them. Nothing here writes.

Who may read (at least a viewer) is enforced by the caller, once for each page, route or command.
"""
