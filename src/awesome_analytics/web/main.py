"""What Streamlit runs for every page view and interaction: who asks, their menu, their page."""

from awesome_analytics.web import frame

frame.draw()
