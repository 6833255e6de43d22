"""The application: the part you edit.

==============  ============================================================
`main`          the Lambda function
`stores`        lists the stores and who may access them
`contacts`      contacts: a CRUD store from one model
`sales_orders`  sales orders: a CRUD store with business rules
`listeners`     what follows when an order is confirmed
`followers`     the Lambda functions that follow commits
`workouts`      workouts: a store of two slices
==============  ============================================================
"""
