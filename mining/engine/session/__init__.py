"""Pool sessions: the only owner of pool sockets, of request ids and of deadlines.

`link` connects, `connection` is one session on one socket, `health` judges endpoints, `pool_source` joins them into a
job source with failover.
"""
