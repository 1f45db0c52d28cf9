"""Forms: what a person changes in a flow by plain widgets. `fields`, `rules`, `hours` and `binding` are pure; the other
modules draw. A form reads and writes one `Draft` (`ui.forms.binding`), and writes only what a person did."""
