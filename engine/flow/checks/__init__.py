"""The checks behind `engine.flow.check`, one module a concern. Each is a function of a `Subject` that yields issues;
none knows a node type by name."""
