"""The helper library behind the CX–Operations Workbook."""

__version__ = "0.1.0"
