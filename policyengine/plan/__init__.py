"""The core that both engines read: names settled, types checked, sugar gone."""
