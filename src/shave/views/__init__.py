"""How answers look: values in, text out."""
