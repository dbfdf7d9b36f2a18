"""A month's figures: on a page, as a workbook, and closed for good."""
