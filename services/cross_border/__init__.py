"""Cooperation across borders of counties and provinces (区域执法协作): asked by this authority or of it."""
