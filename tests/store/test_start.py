def test_a_new_store_has_no_chats(store):
    assert store.chats.rows() == []
