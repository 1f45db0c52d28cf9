"""The Editor page: the canvas or the outline beside a panel with the form of what is chosen, the problems, and trying
the draft out."""
