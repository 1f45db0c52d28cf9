"""Cards that work with a system of the customer's."""
