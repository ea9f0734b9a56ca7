"""The routes, a file for each subject. Each says who asks (`reader_of`), calls one selector or service, and shapes it.

What may be done, and what is refused, is decided in the services; refusals find their way in `problems`.
"""
