FROM \
  debian \
  AS \
  x
ENV \
  a=b \
  c=d
RUN a\
b\
c
RUN a \\
RUN b \\\
RUN c
COPY a \  
     b \	
     /c/
LABEL a="b\
c" d=e
