"""What comes with lbpy and is not its core: built-in models, hooks, middleware, components. Imported as lbpy.contrib."""

if __name__ != "lbpy.contrib":
    raise ImportError(f"import lbpy.contrib, not {__name__}: a second copy would make twin classes")
