FROM scratch
LABEL org.example.title=davit
LABEL "quoted key"="quoted value" 'single'=x
LABEL a=b c="d e" f='g h' i=j\ k
LABEL legacy the rest of the line = value
LABEL multi="first \
second"
LABEL description="A \"quoted\" word" version=1.0
LABEL empty=""
label lower=case
