"""The node types that ship with Leadline, one file each, by shelf. They use exactly the SDK that integrators use."""
