"""Other people's files of samples, read into pools and written from them; a module each format.

``jsonl`` is a line a sample or a line a problem, ``monkeys`` what Large Language Monkeys and Monkey Business publish,
``search_and_learn`` what Hugging Face's search-and-learn writes. A reader yields one problem at a time, so that memory
is bounded by the largest problem and not by the file. What it cannot read it yields as a ``BadRecord`` and goes on.
"""
