"""The HTTP interface of served worlds: what came and why, a wait for more, and what an
administrator changes. Nothing here runs programs, opens files or drives devices.

`routes` is the one table of what there is; `document` makes OpenAPI of it, `app` the web
application, `server` runs that on the worlds' own loop. Imported by `serve` only when asked for.
"""
