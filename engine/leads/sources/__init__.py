"""The kinds of lead sources: what can be set of each, what is wrong with it, and how what it sends is read. Pure.

One module a kind; `kinds` lists them. What is sent comes in through `engine.api.lead_doors`.
"""
