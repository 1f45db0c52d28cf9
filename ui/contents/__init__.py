"""The contents of a flow that are not its graph: what its pages need to know of the document. Pure, except for the
modules that say that they draw."""
