"""The screens for staff, on Streamlit: leads, calls and flows in plain words. Talks to the engine over HTTP only.

Started by `python -m streamlit run ui/app.py`; LEADLINE_API and LEADLINE_API_TOKEN name the engine.
"""
