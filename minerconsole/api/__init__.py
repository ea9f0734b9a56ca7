"""The REST API: addresses below /api/v1/. Routes translate between HTTP and services; they decide nothing.

`app` joins the routes; `access` says who asks; `problems` turns every refusal into problem+json.
"""
