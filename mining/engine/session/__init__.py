"""Pool sessions: the only owner of pool sockets, of request ids and of deadlines.

`link` connects, `connection` is one session on one socket, `dialects` what it speaks, `share_desk` its shares,
`reactions` what a refusal leads to, `health` judges endpoints, `pool_source` joins them into one source.
"""
