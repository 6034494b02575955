FROM base
COPY one.txt /renamed
COPY one.txt /into/
COPY one.txt two.txt /several/
COPY *.txt /all/
COPY t*.txt [ot]*.txt /glob/
COPY tree /whole
COPY tree/ /whole2/
COPY tree/sub /sub
COPY . /everything/
COPY ["with blank.txt", "/with blank/"]
COPY nothing*.none one.tx[t] /some/
ADD one.txt two.txt /added/
WORKDIR /work/dir
COPY one.txt .
COPY two.txt sub/
COPY three.txt ../up
