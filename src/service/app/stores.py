"""The stores of the application, and who may access them."""

from app.contacts import contacts
from app.sales_orders import sales_orders
from app.workouts import workouts
from roundtrip import Store

STORES = (
    Store("salesOrders", sales_orders, access="shared", collection="sales-orders"),
    Store("contacts", contacts, collection="contacts"),
    Store("workouts", workouts),
)
