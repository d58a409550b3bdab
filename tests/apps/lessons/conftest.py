"""The lessons look at the checkpoints that ship."""

import pytest
import streamlit as st

from models import zoo


@pytest.fixture(autouse=True)
def small_zoo():
    """In place of the small untrained checkpoints of the other tests of the app."""
    if not zoo.names():
        pytest.skip("no checkpoint in models/zoo")


@pytest.fixture(scope="package", autouse=True)
def caches():
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()
