"""Shapes of requests and answers. Times are ISO 8601 in UTC; rates are H/s; difficulties are expected hashes."""
