"""The exchange: what is told to others is built, published, judged, receipted, sent again. Knows no domain message."""
