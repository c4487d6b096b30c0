"""What Exchange Online says, when, and since when: rules in tables, texts and limits in data.

Pure: no sockets, no clock, no chance. The protocol machine asks `decide`; nobody else answers.
"""
