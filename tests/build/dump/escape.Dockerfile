# escape=`
FROM windows
COPY a `
  b `
  C:\dest\
RUN dir C:\ `
  /s
ENV p=C:\x q="a`"b" r=a` b
USER ContainerUser
SHELL ["cmd", "/S", "/C"]
RUN echo a ^
WORKDIR C:\Windows``
