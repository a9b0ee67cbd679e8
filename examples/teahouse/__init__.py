"""A teahouse: teas, orders, customers. The application is in app.py, the models are in models/."""
