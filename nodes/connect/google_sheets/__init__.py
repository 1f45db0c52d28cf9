"""Google Sheets: the card, and beside it how a sheet is read (`grid`) and how Google is talked to (`client`)."""

from nodes.connect.google_sheets.card import GoogleSheets

__all__ = ["GoogleSheets"]
