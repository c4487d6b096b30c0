"""The client's side of SMTP: dialogues as generators of actions, and what carries them out.

Knows neither the service nor what sends here: devices, relays and the service's own outbound side
are all clients.
"""
