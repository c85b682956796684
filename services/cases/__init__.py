"""Cases: the administrative penalty case (行政处罚案件), from clue to closing."""
