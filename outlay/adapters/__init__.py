"""Any strategy as a part of somebody else's tool, and results in their formats; each module needs the tool's extra."""
