"""A stand-in of the Google Sheets API, with Google's sign-in for service accounts."""

from tests.emulators.google_sheets.book import Book
from tests.emulators.google_sheets.server import ID, GoogleSheetsEmulator

__all__ = ["ID", "Book", "GoogleSheetsEmulator"]
