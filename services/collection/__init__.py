"""Collection of fines and confiscations, and compulsory execution (罚款收缴与执行)."""
