"""Read a page as a browser would not: every tag must be closed, every anchor must exist."""

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input"}


class PageReader(HTMLParser):
    """Tags with their attributes, text by section, and what is wrong with the page."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.problems, self.text, self.open = [], [], {}, []
        self.section = ""
        self.feed(page)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "section":
            self.section = dict(attributes)["id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if "svg" not in self.open:
            self.problems.append(f"<{tag}/> outside SVG closes nothing")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]} at {self.getpos()}")
        else:
            self.open.pop()
        if tag == "section":
            self.section = ""

    def handle_data(self, data):
        self.text[self.section] = self.text.get(self.section, "") + data

    def attributes(self, name):
        return [attributes[name] for _, attributes in self.tags if name in attributes]
