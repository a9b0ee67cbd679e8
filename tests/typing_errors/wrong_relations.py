"""Wrong uses of relations, transactions and the testing kit: checkers must refuse the lines that end in `# wrong`. Never run."""

from __future__ import annotations

from lbpy import App, PersistedModel, Principal, belongs_to, has_many, has_one
from lbpy.testing import client


class Leaf(PersistedModel):
    name: str
    grower = belongs_to(lambda: Grower)


class Grower(PersistedModel):
    name: str
    leaves = has_many(lambda: Leaf, foreignKey="growerId")  # wrong
    best = has_many(lambda: Leaf, foreign_key="growerId")
    licence = has_one(lambda: Licence)


class Licence(PersistedModel):
    number: int


app = App()
db = app.data_source("db", connector="memory")
grower = Grower(name="Ann")
number: int = grower.best.create(name="Assam").name  # wrong
grower.best.find(limit="3")  # wrong
grower.best.find(first=3)  # wrong
grower.best.append(Leaf(name="Assam"))  # wrong
grower.licence.count()  # wrong
print(Leaf(name="Assam").grower.name)  # wrong
Leaf(name="Assam").grower = Licence(number=1)  # wrong
one: Leaf = Leaf.find_by_id(1)  # wrong

with db.transaction(timeout="5"):  # wrong
    db.on_commit(grower)  # wrong
with db.transaction(level="SERIALIZABLE"):  # wrong
    pass
with db.transaction() as transaction:
    transaction.commit()  # wrong

app.model(Leaf, data_source=3)  # wrong
app.model(int)  # wrong
app[str]  # wrong
with client(app) as anybody:
    anybody.as_user("ann")  # wrong
    anybody.get("/api/leaves", filter="name").expect("200")  # wrong
    print(anybody.as_user(Principal("USER", 1)).status)  # wrong
