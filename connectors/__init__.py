"""The connectors that come with lbpy, one file or folder a store. Imported as lbpy.connectors; know no model class, no HTTP."""

if __name__ != "lbpy.connectors":
    raise ImportError(f"import lbpy.connectors, not {__name__}: a second copy would make twin classes")
