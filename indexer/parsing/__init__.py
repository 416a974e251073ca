"""A file becomes pages of text; what cannot be read becomes an error with a code.

``parsers.FileParser`` is the way in. Libraries are imported late, each by one module of this
package: pypdfium2 (pdf), python-docx (word), openpyxl (spreadsheet), lxml.html (hypertext),
Pillow (image), RapidOCR (ocr_rapidocr).
"""
