"""What is asked of a person and what they answer: one card for each kind of request.

The Chat page and the Inbox draw `card.card` for each open request and `acts.notices` above them: what became of the
last press, such as that somebody else was faster.
"""
