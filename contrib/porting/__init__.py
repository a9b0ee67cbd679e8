"""What the JavaScript files of a booted folder did: reading their text, closing what they guarded, stubs for their counterparts."""
