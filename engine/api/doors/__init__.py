"""How each kind of lead source is answered over HTTP; the address itself is `engine.api.lead_doors`."""
