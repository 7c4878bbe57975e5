"""`feat test`: tests beside the definitions. `cases` reads them, `tables` knows their cells, `running` compares."""
