"""Transfer of suspected crimes (涉嫌犯罪案件移送) between bureau, police and procuratorate, each on its own ledger."""
